/** Events, their deliveries and what is open, in the database. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** An event as it is delivered. */
export interface QueuedEvent {
  /** Rises with time; undefined in events that were not stored yet. */
  readonly seq: number;
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  /** When it happened, in milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  /** JSON. */
  readonly body: string;
}

/** An event that a receiver did not get, and does not get by itself. */
export interface FailedDelivery extends QueuedEvent {
  readonly receiver: string;
  readonly failedAt: number;
  readonly reason: string;
}

/** Where a list of failed deliveries goes on. */
export interface FailedPlace {
  readonly failedAt: number;
  readonly seq: number;
}

/** Stores an event for these receivers, and returns its number. */
export function insertEvent(
  sql: DatabaseSync,
  event: Omit<QueuedEvent, 'seq'>,
  receivers: readonly string[],
): number {
  const { id, stream, type, at, body } = event;
  const { lastInsertRowid } = sql
    .prepare('INSERT INTO webhook_events (id, stream, type, at, body) VALUES (?, ?, ?, ?, ?)')
    .run(id, stream, type, at, body);
  const insert = sql.prepare('INSERT INTO webhook_deliveries (seq, receiver, stream) VALUES (?, ?, ?)');
  for (const receiver of receivers) insert.run(lastInsertRowid, receiver, stream);
  return Number(lastInsertRowid);
}

/** The events that wait for a receiver in one stream, in order, behind a number. */
export function waitingEvents(
  sql: DatabaseSync,
  { receiver, stream, after, limit }: { receiver: string; stream: string; after: number; limit: number },
): QueuedEvent[] {
  return sql
    .prepare(
      `SELECT e.* FROM webhook_deliveries d JOIN webhook_events e ON e.seq = d.seq
         WHERE d.receiver = ? AND d.stream = ? AND d.seq > ? AND d.failed_at IS NULL ORDER BY d.seq LIMIT ?`,
    )
    .all(receiver, stream, after, limit)
    .map(eventOf);
}

/** The streams in which something waits for a receiver, and how much. */
export function waitingStreams(sql: DatabaseSync, receiver: string): { stream: string; count: number }[] {
  return sql
    .prepare(
      `SELECT stream, count(*) AS count FROM webhook_deliveries
         WHERE receiver = ? AND failed_at IS NULL GROUP BY stream ORDER BY min(seq)`,
    )
    .all(receiver)
    .map(({ stream, count }) => ({ stream: String(stream), count: Number(count) }));
}

/** Removes deliveries that arrived, and events that nobody waits for any more. */
export function deleteDeliveries(sql: DatabaseSync, receiver: string, seqs: readonly number[]): void {
  const delivery = sql.prepare('DELETE FROM webhook_deliveries WHERE seq = ? AND receiver = ?');
  const event = sql.prepare(
    'DELETE FROM webhook_events WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE seq = ?1)',
  );
  for (const seq of seqs) {
    delivery.run(seq, receiver);
    event.run(seq);
  }
}

export function markFailed(
  sql: DatabaseSync,
  { receiver, seq, reason, at }: { receiver: string; seq: number; reason: string; at: number },
): void {
  sql
    .prepare('UPDATE webhook_deliveries SET failed_at = ?, reason = ? WHERE seq = ? AND receiver = ?')
    .run(at, reason, seq, receiver);
}

/** Has a failed delivery wait again. Returns its event; undefined where there is no such failed delivery. */
export function reviveDelivery(sql: DatabaseSync, receiver: string, id: string): QueuedEvent | undefined {
  const row = sql
    .prepare(
      `UPDATE webhook_deliveries SET failed_at = NULL, reason = NULL
         WHERE receiver = ? AND failed_at IS NOT NULL AND seq = (SELECT seq FROM webhook_events WHERE id = ?)
         RETURNING seq`,
    )
    .get(receiver, id);
  const event = row && sql.prepare('SELECT * FROM webhook_events WHERE seq = ?').get(Number(row.seq));
  return event && eventOf(event);
}

/** The failed deliveries behind a place, the newest first. */
export function failedDeliveries(
  sql: DatabaseSync,
  { after, limit }: { after?: FailedPlace | undefined; limit: number },
): FailedDelivery[] {
  const place = after ? 'AND (d.failed_at, d.seq) < (?, ?)' : '';
  return sql
    .prepare(
      `SELECT e.*, d.receiver, d.failed_at, d.reason FROM webhook_deliveries d JOIN webhook_events e ON e.seq = d.seq
         WHERE d.failed_at IS NOT NULL ${place} ORDER BY d.failed_at DESC, d.seq DESC LIMIT ?`,
    )
    .all(...(after ? [after.failedAt, after.seq] : []), limit)
    .map((row) => ({
      ...eventOf(row),
      receiver: String(row.receiver),
      failedAt: Number(row.failed_at),
      reason: String(row.reason),
    }));
}

/** Deletes failed deliveries from before a time, at most `count`. Returns how many. */
export function deleteOldFailures(sql: DatabaseSync, before: number, count: number): number {
  const rows = sql
    .prepare('SELECT seq, receiver FROM webhook_deliveries WHERE failed_at < ? ORDER BY failed_at LIMIT ?')
    .all(before, count);
  for (const { seq, receiver } of rows) deleteDeliveries(sql, String(receiver), [Number(seq)]);
  return rows.length;
}

/** Deletes what waits for other receivers than these, from before a time, at most `count`. Returns how many. */
export function deleteForeign(
  sql: DatabaseSync,
  receivers: readonly string[],
  before: number,
  count: number,
): number {
  const marks = receivers.map(() => '?').join(', ');
  const rows = sql
    .prepare(
      `SELECT d.seq, d.receiver FROM webhook_deliveries d JOIN webhook_events e ON e.seq = d.seq
         WHERE d.receiver NOT IN (${marks}) AND e.at < ? LIMIT ?`,
    )
    .all(...receivers, before, count);
  for (const { seq, receiver } of rows) deleteDeliveries(sql, String(receiver), [Number(seq)]);
  return rows.length;
}

export function openLife(sql: DatabaseSync, id: string, began: number, ending: unknown): void {
  sql
    .prepare('INSERT OR REPLACE INTO webhook_open (id, began, ending) VALUES (?, ?, ?)')
    .run(id, began, JSON.stringify(ending));
}

export function closeLife(sql: DatabaseSync, id: string): void {
  sql.prepare('DELETE FROM webhook_open WHERE id = ?').run(id);
}

/** The ends of what is open, what began last first, as JSON. */
export function openEndings(sql: DatabaseSync): string[] {
  return sql
    .prepare('SELECT ending FROM webhook_open ORDER BY began DESC')
    .all()
    .map(({ ending }) => String(ending));
}

function eventOf(row: Record<string, SQLOutputValue>): QueuedEvent {
  return {
    seq: Number(row.seq),
    id: String(row.id),
    stream: String(row.stream),
    type: String(row.type),
    at: Number(row.at),
    body: String(row.body),
  };
}
