import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { checkObjectKey } from '../../domain/warehouse-loading/object-key.js';
import { conditionOf } from './write-condition.js';

export interface RemovedObject {
  readonly key: string;
  readonly deleted: true;
}

/** Remove an object; one that is not there is an error, so that a mistyped key is noticed. */
export class RemoveObjectCommand extends Command<RemovedObject> {
  /** @param ifMatch as the HTTP header: the tag of the object that is removed */
  constructor(
    readonly key: string,
    readonly ifMatch?: string,
  ) {
    super();
  }
}

@CommandHandler(RemoveObjectCommand)
export class RemoveObjectHandler implements ICommandHandler<RemoveObjectCommand> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ key, ifMatch }: RemoveObjectCommand): Promise<RemovedObject> {
    checkObjectKey(key);
    const condition = ifMatch === undefined ? undefined : conditionOf(ifMatch);
    const wasThere = await this.store.delete(key, condition && 'ifMatch' in condition ? condition : {});
    if (!wasThere) throw new PenstockError('object.unknown', `There is no object "${key}".`);
    return { key, deleted: true };
  }
}
