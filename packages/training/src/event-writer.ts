// TensorBoard event files: scalars and images that `tensorboard --logdir <run folder>` shows.
//
// An event file is a TFRecord file of `Event` protocol buffers. Only six message types are needed, so they are
// encoded by hand (field numbers from TensorFlow's event.proto and summary.proto):
//   Event    1 wall_time double · 2 step int64 · 3 file_version string · 5 summary · 7 session_log
//   Summary  1 repeated Value            SessionLog  1 status enum (1 = START)
//   Value    1 tag string · 2 simple_value float · 4 Image · 9 SummaryMetadata (3 summary_description string)
//   Image    1 height · 2 width · 3 colorspace · 4 encoded_image_string bytes

import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RecordWriter } from 'tfrecord';
import { fileError } from './atomic-file.ts';
import { bytesField, doubleField, floatField, integerField, message, textField } from './protocol-buffer.ts';

export interface EventImage {
  /** An encoded PNG or JPEG. */
  readonly encoded: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Appends to one event file; each process that writes to a run has its own. Writes are in the order of the calls. */
export class EventWriter {
  readonly path: string;
  private readonly records: RecordWriter;
  private pending: Promise<void> = Promise.resolve();

  private constructor(path: string, records: RecordWriter) {
    this.path = path;
    this.records = records;
  }

  /**
   * Opens a new event file in `folder`.
   *
   * @param fromStep of a resumed run: TensorBoard then forgets what earlier files hold of later steps.
   * @throws with one sentence if the folder cannot be written.
   */
  static async create(folder: string, fromStep = 0): Promise<EventWriter> {
    const seconds = Math.floor(Date.now() / 1000);
    const path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`);
    try {
      await mkdir(folder, { recursive: true });
      const writer = new EventWriter(path, await RecordWriter.create(path));
      await writer.write(fromStep, textField(3, 'brain.Event:2'));
      if (fromStep > 0) await writer.write(fromStep, bytesField(7, integerField(1, 1)));
      return writer;
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /**
   * Numbers at a step, by tag (`train/loss`); those that are not finite are left out, as TensorBoard cannot plot them.
   *
   * @param description shown beside each of their curves, for example how they were measured.
   */
  scalars(
    step: number,
    values: Readonly<Record<string, number | null>>,
    description?: string,
  ): Promise<void> {
    const finite = Object.entries(values).filter(([, value]) => value !== null && Number.isFinite(value));
    if (finite.length === 0) return Promise.resolve();
    const metadata = description === undefined ? [] : [bytesField(9, textField(3, description))];
    const summary = finite.map(([tag, value]) =>
      bytesField(1, message([textField(1, tag), floatField(2, value as number), ...metadata])),
    );
    return this.write(step, bytesField(5, message(summary)));
  }

  image(step: number, tag: string, { encoded, width, height }: EventImage): Promise<void> {
    const colorspaceRgb = 3;
    const image = message([
      integerField(1, height),
      integerField(2, width),
      integerField(3, colorspaceRgb),
      bytesField(4, encoded),
    ]);
    const value = message([textField(1, tag), bytesField(4, image)]);
    return this.write(step, bytesField(5, bytesField(1, value)));
  }

  /** Waits for what has been asked for, and closes the file. */
  async close(): Promise<void> {
    await this.pending.catch(() => undefined);
    await this.records.close();
  }

  private write(step: number, what: Uint8Array): Promise<void> {
    const event = message([doubleField(1, Date.now() / 1000), integerField(2, step), what]);
    this.pending = this.pending.then(() =>
      this.records.writeRecord(Buffer.from(event)).catch((error: unknown) => {
        throw fileError(asFileError(error), this.path);
      }),
    );
    return this.pending;
  }
}

/** The record writer gives a write that was cut short an error of its own, without a code: nothing but a full disk does that. */
const asFileError = (error: unknown): unknown =>
  error instanceof Error && !('code' in error) ? Object.assign(error, { code: 'ENOSPC' }) : error;
