import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ObjectStore, type WriteCondition } from '../../domain/ports/object-store.port.js';
import { checkObjectKey } from '../../domain/warehouse-loading/object-key.js';
import { type ObjectReceipt, receiptOf } from './object-receipt.js';
import { conditionOf } from './write-condition.js';

export interface ContentToStore {
  readonly key: string;
  readonly content: AsyncIterable<Uint8Array>;
  readonly contentType?: string | undefined;
  /** Gives up; nothing is stored then. */
  readonly signal?: AbortSignal | undefined;
}

/** `create` refuses where there is an object, `update` where there is none; `replace` takes either. */
export type PutMode = 'create' | 'update' | 'replace';

/** Store an object, as a whole or not at all. */
export class PutObjectCommand extends Command<ObjectReceipt> {
  /** @param ifMatch as the HTTP header: the tag of the object that is replaced */
  constructor(
    readonly object: ContentToStore,
    readonly mode: PutMode,
    readonly ifMatch?: string,
  ) {
    super();
  }
}

@CommandHandler(PutObjectCommand)
export class PutObjectHandler implements ICommandHandler<PutObjectCommand> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ object, mode, ifMatch }: PutObjectCommand): Promise<ObjectReceipt> {
    const { key, content, contentType, signal } = object;
    checkObjectKey(key);
    const condition = ifMatch === undefined ? CONDITION_OF[mode] : conditionOf(ifMatch);
    const stored = await this.store.put(key, content, {
      ...(condition && { condition }),
      ...(contentType !== undefined && { contentType }),
      ...(signal && { signal }),
    });
    return receiptOf(stored);
  }
}

const CONDITION_OF: Readonly<Record<PutMode, WriteCondition | undefined>> = {
  create: { ifAbsent: true },
  update: { ifPresent: true },
  replace: undefined,
};
