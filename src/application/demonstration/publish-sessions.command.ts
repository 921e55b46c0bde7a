import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Damage, damagedEvent } from '../../domain/event-pipelines/damaged-event.js';
import { sessionEvents } from '../../domain/event-pipelines/session-events.js';
import { StreamSink } from '../../domain/ports/stream-sink.port.js';
import { seededRandom } from '../../domain/shared/seeded-random.js';

/** Publish the events of some synthetic shop sessions; the same seed and start give the same events. */
export class PublishSessionsCommand extends Command<{ published: number }> {
  constructor(
    readonly streamName: string,
    readonly options: {
      readonly sessions: number;
      readonly seed: number;
      readonly startMs: number;
      readonly spanMs: number;
      /** Publishes the first event a second time, damaged so. */
      readonly damage?: Damage;
    },
  ) {
    super();
  }
}

const SHARDS = 2;

@CommandHandler(PublishSessionsCommand)
export class PublishSessionsHandler implements ICommandHandler<PublishSessionsCommand> {
  constructor(private readonly sink: StreamSink) {}

  async execute({ streamName, options }: PublishSessionsCommand): Promise<{ published: number }> {
    const { sessions, seed, startMs, spanMs, damage } = options;
    const random = seededRandom(seed);
    const events = Array.from({ length: sessions }, () =>
      sessionEvents(random, startMs + Math.floor(random() * spanMs)),
    ).flat();
    const records = events.map((event) => ({
      partitionKey: event.session_id,
      data: Buffer.from(JSON.stringify(event)) as Uint8Array,
    }));
    const [first] = events;
    if (damage && first) records.push({ partitionKey: first.session_id, data: damagedEvent(damage, first) });
    await this.sink.ensure(streamName, SHARDS);
    return { published: await this.sink.publish(streamName, records) };
  }
}
