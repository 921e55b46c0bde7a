import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { checkLanguage, type SchemaRequest } from '../../../domain/event-pipelines/schema-request.js';
import { type SchemaVersion } from '../../../domain/ports/schema-registry.port.js';
import { ServedSchemaRegistry } from '../../../domain/ports/served-schema-registry.port.js';

/** A new version of a subject, or the one it has already with this schema. */
export class RegisterSchemaCommand extends Command<SchemaVersion> {
  constructor(
    readonly subject: string,
    readonly request: SchemaRequest,
  ) {
    super();
  }
}

@CommandHandler(RegisterSchemaCommand)
export class RegisterSchemaHandler implements ICommandHandler<RegisterSchemaCommand> {
  constructor(private readonly registry: ServedSchemaRegistry) {}

  execute({ subject, request }: RegisterSchemaCommand): Promise<SchemaVersion> {
    checkLanguage(request);
    const { schema, references, normalize, id, version } = request;
    const numbers = { ...(id !== undefined && { id }), ...(version !== undefined && { version }) };
    return this.registry.register(subject, schema, references, { normalize, ...numbers });
  }
}
