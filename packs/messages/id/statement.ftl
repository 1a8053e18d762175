# Statements of reasons in Indonesian: Pernyataan alasan dalam bahasa Indonesia. The wording and its translation are ours.
# No text may name anybody: it goes to a public database.

title = Pernyataan alasan
issued = { $platform } membuat pernyataan ini pada { $date }.
part-restriction = Keputusan kami, wilayah dan jangka waktunya
part-facts = Dasar faktanya
part-means = Sarana otomatis
part-ground = Aturan yang menjadi dasar
part-redress = Yang dapat Anda lakukan

restriction = { $decision ->
    [VISIBILITY_CONTENT_REMOVED] Konten { $content } telah dihapus.
    [VISIBILITY_CONTENT_DISABLED] Akses ke konten { $content } dinonaktifkan.
    [VISIBILITY_CONTENT_DEMOTED] Konten { $content } lebih jarang ditampilkan dan tidak direkomendasikan.
    [VISIBILITY_CONTENT_AGE_RESTRICTED] Konten { $content } hanya ditampilkan kepada orang dewasa.
    [VISIBILITY_CONTENT_INTERACTION_RESTRICTED] Interaksi dengan konten { $content } dibatasi.
    [VISIBILITY_CONTENT_LABELLED] Konten { $content } diberi label.
    [MONETARY_SUSPENSION] Pembayaran kepada Anda ditangguhkan: { $what }.
    [MONETARY_TERMINATION] Pembayaran kepada Anda yang ditahan dihentikan untuk seterusnya.
    [PROVISION_PARTIAL_SUSPENSION] Anda tidak dapat menggunakan sebagian layanan: { $what }.
    [PROVISION_TOTAL_SUSPENSION] Anda tidak dapat menggunakan layanan.
    [PROVISION_PARTIAL_TERMINATION] Sebagian layanan dihentikan untuk seterusnya bagi Anda: { $what }.
    [PROVISION_TOTAL_TERMINATION] Layanan dihentikan untuk seterusnya bagi Anda.
    [ACCOUNT_SUSPENDED] Akun Anda ditangguhkan.
    [ACCOUNT_TERMINATED] Akun Anda ditutup.
   *[other] Pembatasan telah diterapkan: { $what }.
}
duration = { $end ->
    [OPEN] Berlaku sejak { $from }, tanpa batas waktu.
   *[ENDS] Berlaku dari { $from } sampai dengan { $until }.
}
scope = Berlaku di: { $countries }.
facts = { $count ->
    [1] Kami menemukan bahwa sebuah konten ({ $kind }) tanggal { $date } melanggar kebijakan “{ $policy }”.
   *[other] Kami menemukan { $count } pelanggaran kebijakan. Yang menyebabkan keputusan ini adalah konten ({ $kind }) tanggal { $date }, yang melanggar kebijakan “{ $policy }”.
}
found = Rinciannya: { $facts }
source = { $source ->
    [ARTICLE_16] Kami memeriksanya karena pemberitahuan yang dikirim kepada kami.
    [TRUSTED_FLAGGER] Kami memeriksanya karena pemberitahuan dari pelapor tepercaya.
    [TYPE_OTHER_NOTIFICATION] Kami memeriksanya karena informasi dari pihak lain.
   *[VOLUNTARY] Kami memeriksanya atas prakarsa sendiri.
}
detection = { $automated ->
    [Yes] Pelanggaran terdeteksi dengan sarana otomatis.
   *[No] Pelanggaran tidak terdeteksi dengan sarana otomatis.
}
decision = { $automation ->
    [FULLY] Keputusan dibuat sepenuhnya dengan sarana otomatis.
    [PARTIALLY] Keputusan dibuat oleh seseorang bersama sarana otomatis.
   *[NOT_AUTOMATED] Keputusan dibuat oleh seseorang.
}
ground = { $ground ->
    [ILLEGAL_CONTENT] { $law }
   *[INCOMPATIBLE_CONTENT] { $terms }: kebijakan “{ $policy }”
}
explanation = { $ground ->
    [ILLEGAL_CONTENT] Konten melanggar hukum menurut { $law }. Kebijakan kami menyatakan: { $text }
   *[INCOMPATIBLE_CONTENT] Konten tidak sesuai dengan kebijakan ini, yang menyatakan: { $text }
}
address = Aturan dapat dibaca di { $address }
complaint = Anda dapat mengajukan keberatan kepada kami tanpa biaya dalam { $unit ->
    [HOURS] { $value } jam
    [WEEKDAYS] { $value } hari kerja
    [MONTHS] { $value } bulan
   *[DAYS] { $value } hari
} sejak hari Anda diberi tahu tentang keputusan ini. Seseorang yang tidak ikut memutuskan akan meninjaunya.
settlement = Anda juga dapat menghubungi badan penyelesaian sengketa di luar pengadilan yang tersertifikasi, atau pengadilan.
corrected = { $correction ->
    [OVERTURNED] Pada { $date } keputusan ini dibatalkan dan tidak berlaku lagi.
    [LIFTED] Pada { $date } pembatasan ini dicabut.
    [SHORTENED] Pada { $date } pembatasan ini dipersingkat. Pernyataan lain menggantikan yang ini, kecuali pembatasan sudah berakhir.
   *[CONFIRMED] Pada { $date } pernyataan lain menggantikan yang ini.
}
policy = { $policy ->
    [MISLEADING_PROMOTION] Promosi menyesatkan
    [MEDICAL_CLAIM] Klaim medis
    [WEIGHT_MANAGEMENT] Pengelolaan berat badan
    [UNDISCLOSED_COMMERCIAL] Konten komersial yang tidak diungkapkan
    [IRRELEVANT_PROMOTION] Promosi yang tidak relevan
    [LOW_QUALITY] Konten berkualitas rendah
    [UNORIGINAL_CONTENT] Konten tidak orisinal
    [TRAFFIC_REDIRECTION] Pengalihan pembeli
    [AIGC_MISUSE] Penyalahgunaan konten buatan AI
    [PROHIBITED_PRODUCT] Produk terlarang
    [UNSUPPORTED_PRODUCT] Produk yang tidak didukung
    [RESTRICTED_PRODUCT] Produk yang dibatasi
    [IP_INFRINGEMENT] Pelanggaran kekayaan intelektual
    [COUNTERFEIT] Barang palsu
    [GAMBLING_LIKE] Promosi serupa perjudian
    [UNAUTHORISED_AUCTION] Lelang tanpa izin
    [FAKE_ENGAGEMENT] Interaksi palsu
    [EVASION] Penghindaran tindakan
    [MINOR_SAFETY] Keselamatan anak di bawah umur
    [ILLEGAL_ACTIVITY] Kegiatan melanggar hukum
    [UNVERIFIED_CLAIM] Klaim yang belum diverifikasi
   *[other] { $title }
}
capability = { $capability ->
    [ADD_PRODUCTS] menambahkan produk
    [SHOPPABLE_VIDEO] video dengan produk
    [LIVE_SELLING] penjualan di LIVE
    [CAMPAIGN] kampanye
    [WITHDRAW_COMMISSION] penarikan komisi
    [RECOMMENDATION] rekomendasi
   *[other] { $capability }
}
content-kind = { $kind ->
    [VIDEO] video
    [LIVE] LIVE
    [IMAGE] gambar
    [TEXT] teks
    [AUDIO] rekaman suara
    [PRODUCT_SHOWCASE] etalase produk
   *[BEHAVIOUR] perilaku akun
}
other-content = Perilaku akun, bukan satu konten tertentu
other-keyword = { $policy }
