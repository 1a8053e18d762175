// Emmett as a peer of the benchmarks: reads one request a line (JSON) from standard input, answers each with one line.
// Only the work itself is timed, here; what is sent over the pipe is parsed before.

import { createInterface } from "node:readline";
import { getPostgreSQLEventStore, pongoSingleStreamProjection } from "@event-driven-io/emmett-postgresql";
import pg from "pg";

let store, pool;

const parsed = (event) => ({ type: event.type, data: JSON.parse(event.data) });

async function timed(work) {
  const start = process.hrtime.bigint();
  const result = await work();
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, ...result };
}

// Opens the event store with as many connections as there are callers, so that none of them waits for one.
async function open({ dsn, callers }) {
  pool = new pg.Pool({ connectionString: dsn, max: callers + 2 });
  store = getPostgreSQLEventStore(dsn, { connectionOptions: { pool } });
  await store.schema.migrate();
  await Promise.all(Array.from({ length: callers }, () => pool.query("SELECT pg_sleep(0.05)")));
  return {};
}

// One event a call and a transaction, each caller one after the other, each with the version that it expects.
async function append({ parts }) {
  const callers = parts.map((part) => part.map((one) => ({ stream: one.stream, before: BigInt(one.version - 1), events: [parsed(one)] })));
  return timed(() => Promise.all(callers.map(async (caller) => {
    for (const { stream, before, events } of caller) {
      await store.appendToStream(stream, events, { expectedStreamVersion: before === 0n ? "STREAM_DOES_NOT_EXIST" : before });
    }
  })));
}

// Whole streams at once: to have something to load and to project, not to be timed.
async function fill({ streams }) {
  for (const [stream, events] of Object.entries(streams)) await store.appendToStream(stream, events.map(parsed));
  return {};
}

// The stream read and folded, by the least that a fold can do.
async function load({ stream, times }) {
  const seconds = [];
  let events = 0;
  for (let turn = 0; turn < times; turn += 1) {
    const one = await timed(async () => {
      const found = await store.aggregateStream(stream, { initialState: () => ({ events: 0 }), evolve: (state) => ({ events: state.events + 1 }) });
      return { events: found.state.events };
    });
    seconds.push(one.seconds);
    events = one.events;
  }
  return { seconds, events };
}

// Emmett's consumer with its own batches and polls, projecting into one Pongo document for each stream, until no message is left.
async function project({ name, types }) {
  const consumer = store.consumer({ stopWhen: { noMessagesLeft: true } });
  consumer.projector({
    processorId: name,
    startFrom: "BEGINNING",
    projection: pongoSingleStreamProjection({
      collectionName: name,
      canHandle: types,
      evolve: (document, event) => ({ ...document, events: document.events + 1, last: event.type }),
      initialState: () => ({ events: 0, last: "" }),
    }),
  });
  const result = await timed(async () => { await consumer.start(); return {}; });
  await consumer.close();
  const rows = await pool.query(`SELECT count(*)::int AS streams, sum((data->>'events')::int)::int AS events FROM ${name}`);
  return { ...result, ...rows.rows[0] };
}

async function close() {
  await store?.close();
  if (pool && !pool.ended) await pool.end();
  return {};
}

const requests = { open, append, fill, load, project, close };

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = await requests[name](given);
  } catch (error) {
    answer = { error: `${error?.stack ?? error}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (name === "close") process.exit(0);
}
