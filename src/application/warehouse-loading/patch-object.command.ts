import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { checkObjectKey } from '../../domain/warehouse-loading/object-key.js';
import { type ObjectReceipt, receiptOf } from './object-receipt.js';
import { conditionOf } from './write-condition.js';

export interface ObjectPatch {
  readonly key: string;
  /** The first byte that is replaced; the size of the object appends. */
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
  /** As the HTTP header: the tag of the object that is patched. */
  readonly ifMatch?: string | undefined;
  /** How often to begin again when somebody else was faster. */
  readonly retries?: number | undefined;
  /** Gives up; the object stays as it was then. */
  readonly signal?: AbortSignal | undefined;
}

/** Replace bytes of an object from an offset on, and nothing else of it, atomically. */
export class PatchObjectCommand extends Command<ObjectReceipt> {
  constructor(readonly patch: ObjectPatch) {
    super();
  }
}

@CommandHandler(PatchObjectCommand)
export class PatchObjectHandler implements ICommandHandler<PatchObjectCommand> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ patch }: PatchObjectCommand): Promise<ObjectReceipt> {
    const { key, offset, content, ifMatch, retries, signal } = patch;
    checkObjectKey(key);
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new PenstockError('request.invalid', 'The offset is a whole number of bytes, from 0 on.');
    }
    const condition = ifMatch === undefined ? undefined : conditionOf(ifMatch);
    const stored = await this.store.splice(key, offset, content, {
      ...(condition && 'ifMatch' in condition && condition),
      ...(retries !== undefined && { retries }),
      ...(signal && { signal }),
    });
    return receiptOf(stored);
  }
}
