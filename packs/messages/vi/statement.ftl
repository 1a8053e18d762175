# Statements of reasons in Vietnamese: Bản nêu lý do bằng tiếng Việt. The wording and its translation are ours.
# No text may name anybody: it goes to a public database.

title = Bản nêu lý do
issued = { $platform } lập bản nêu lý do này vào { $date }.
part-restriction = Quyết định, phạm vi và thời hạn
part-facts = Căn cứ thực tế
part-means = Phương tiện tự động
part-ground = Quy tắc được áp dụng
part-redress = Quyền khiếu nại của bạn

restriction = { $decision ->
    [VISIBILITY_CONTENT_REMOVED] Nội dung { $content } đã bị gỡ bỏ.
    [VISIBILITY_CONTENT_DISABLED] Quyền truy cập nội dung { $content } đã bị vô hiệu hóa.
    [VISIBILITY_CONTENT_DEMOTED] Nội dung { $content } ít được hiển thị hơn và không được đề xuất.
    [VISIBILITY_CONTENT_AGE_RESTRICTED] Nội dung { $content } chỉ hiển thị cho người lớn.
    [VISIBILITY_CONTENT_INTERACTION_RESTRICTED] Việc tương tác với nội dung { $content } bị hạn chế.
    [VISIBILITY_CONTENT_LABELLED] Nội dung { $content } được gắn nhãn.
    [MONETARY_SUSPENSION] Các khoản thanh toán cho bạn bị tạm dừng: { $what }.
    [MONETARY_TERMINATION] Các khoản thanh toán đang bị giữ của bạn đã bị chấm dứt vĩnh viễn.
    [PROVISION_PARTIAL_SUSPENSION] Bạn không thể sử dụng một phần dịch vụ: { $what }.
    [PROVISION_TOTAL_SUSPENSION] Bạn không thể sử dụng dịch vụ.
    [PROVISION_PARTIAL_TERMINATION] Một phần dịch vụ đã bị chấm dứt vĩnh viễn đối với bạn: { $what }.
    [PROVISION_TOTAL_TERMINATION] Dịch vụ đã bị chấm dứt vĩnh viễn đối với bạn.
    [ACCOUNT_SUSPENDED] Tài khoản của bạn bị tạm ngưng.
    [ACCOUNT_TERMINATED] Tài khoản của bạn đã bị chấm dứt.
   *[other] Một hạn chế đã được áp dụng: { $what }.
}
duration = { $end ->
    [OPEN] Hạn chế có hiệu lực từ { $from }, không thời hạn.
   *[ENDS] Hạn chế có hiệu lực từ { $from } đến hết { $until }.
}
scope = Hạn chế có hiệu lực tại: { $countries }.
facts = { $count ->
    [1] Chúng tôi nhận thấy một nội dung ({ $kind }) ngày { $date } vi phạm chính sách “{ $policy }”.
   *[other] Chúng tôi nhận thấy { $count } vi phạm chính sách. Vi phạm dẫn đến quyết định này là một nội dung ({ $kind }) ngày { $date }, vi phạm chính sách “{ $policy }”.
}
found = Chi tiết: { $facts }
source = { $source ->
    [ARTICLE_16] Chúng tôi xem xét theo một thông báo được gửi đến.
    [TRUSTED_FLAGGER] Chúng tôi xem xét theo thông báo của một bên báo cáo đáng tin cậy.
    [TYPE_OTHER_NOTIFICATION] Chúng tôi xem xét theo thông tin từ bên khác.
   *[VOLUNTARY] Chúng tôi tự chủ động xem xét.
}
detection = { $automated ->
    [Yes] Vi phạm được phát hiện bằng phương tiện tự động.
   *[No] Vi phạm không được phát hiện bằng phương tiện tự động.
}
decision = { $automation ->
    [FULLY] Quyết định được đưa ra hoàn toàn bằng phương tiện tự động.
    [PARTIALLY] Cả con người và phương tiện tự động đều tham gia vào quyết định.
   *[NOT_AUTOMATED] Quyết định do con người đưa ra.
}
ground = { $ground ->
    [ILLEGAL_CONTENT] { $law }
   *[INCOMPATIBLE_CONTENT] { $terms }: chính sách “{ $policy }”
}
explanation = { $ground ->
    [ILLEGAL_CONTENT] Nội dung trái pháp luật theo { $law }. Chính sách của chúng tôi quy định: { $text }
   *[INCOMPATIBLE_CONTENT] Nội dung không phù hợp với chính sách này, trong đó quy định: { $text }
}
address = Bạn có thể đọc các quy tắc tại { $address }
complaint = Bạn có thể khiếu nại miễn phí với chúng tôi trong vòng { $unit ->
    [HOURS] { $value } giờ
    [WEEKDAYS] { $value } ngày làm việc
    [MONTHS] { $value } tháng
   *[DAYS] { $value } ngày
} kể từ ngày bạn được thông báo về quyết định này. Một người không tham gia quyết định sẽ xem xét lại.
settlement = Bạn cũng có thể yêu cầu một tổ chức giải quyết tranh chấp ngoài tòa án được chứng nhận, hoặc khởi kiện ra tòa.
corrected = { $correction ->
    [OVERTURNED] Vào { $date }, quyết định này đã bị hủy bỏ và không còn hiệu lực.
    [LIFTED] Vào { $date }, hạn chế này đã được dỡ bỏ.
    [SHORTENED] Vào { $date }, hạn chế này đã được rút ngắn. Một bản nêu lý do khác thay thế bản này, trừ khi hạn chế đã kết thúc.
   *[CONFIRMED] Vào { $date }, một bản nêu lý do khác đã thay thế bản này.
}
policy = { $policy ->
    [MISLEADING_PROMOTION] Quảng bá gây hiểu lầm
    [MEDICAL_CLAIM] Tuyên bố về y tế
    [WEIGHT_MANAGEMENT] Kiểm soát cân nặng
    [UNDISCLOSED_COMMERCIAL] Nội dung thương mại không công khai
    [IRRELEVANT_PROMOTION] Quảng bá không liên quan
    [LOW_QUALITY] Nội dung chất lượng thấp
    [UNORIGINAL_CONTENT] Nội dung không nguyên gốc
    [TRAFFIC_REDIRECTION] Chuyển hướng người mua
    [AIGC_MISUSE] Lạm dụng nội dung do AI tạo
    [PROHIBITED_PRODUCT] Sản phẩm bị cấm
    [UNSUPPORTED_PRODUCT] Sản phẩm không được hỗ trợ
    [RESTRICTED_PRODUCT] Sản phẩm bị hạn chế
    [IP_INFRINGEMENT] Xâm phạm sở hữu trí tuệ
    [COUNTERFEIT] Hàng giả
    [GAMBLING_LIKE] Quảng bá kiểu cờ bạc
    [UNAUTHORISED_AUCTION] Đấu giá trái phép
    [FAKE_ENGAGEMENT] Tương tác giả
    [EVASION] Lách biện pháp xử lý
    [MINOR_SAFETY] An toàn cho trẻ vị thành niên
    [ILLEGAL_ACTIVITY] Hoạt động trái pháp luật
    [UNVERIFIED_CLAIM] Tuyên bố chưa kiểm chứng
   *[other] { $title }
}
capability = { $capability ->
    [ADD_PRODUCTS] thêm sản phẩm
    [SHOPPABLE_VIDEO] video gắn sản phẩm
    [LIVE_SELLING] bán hàng trong LIVE
    [CAMPAIGN] chiến dịch
    [WITHDRAW_COMMISSION] rút hoa hồng
    [RECOMMENDATION] đề xuất
   *[other] { $capability }
}
content-kind = { $kind ->
    [VIDEO] video
    [LIVE] LIVE
    [IMAGE] hình ảnh
    [TEXT] văn bản
    [AUDIO] bản ghi âm
    [PRODUCT_SHOWCASE] gian trưng bày sản phẩm
   *[BEHAVIOUR] hành vi của tài khoản
}
other-content = Hành vi của tài khoản, không phải một nội dung riêng lẻ
other-keyword = { $policy }
