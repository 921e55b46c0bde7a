import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { WarehouseScripts } from '../../domain/ports/warehouse-scripts.port.js';

export interface SchemaReceipt {
  readonly statements: number;
}

/** Run a script of SQL in one transaction: all of it, or nothing. */
export class CreateSchemaCommand extends Command<SchemaReceipt> {
  constructor(readonly sql: string) {
    super();
  }
}

@CommandHandler(CreateSchemaCommand)
export class CreateSchemaHandler implements ICommandHandler<CreateSchemaCommand> {
  constructor(private readonly scripts: WarehouseScripts) {}

  async execute({ sql }: CreateSchemaCommand): Promise<SchemaReceipt> {
    return { statements: await this.scripts.run(sql) };
  }
}
