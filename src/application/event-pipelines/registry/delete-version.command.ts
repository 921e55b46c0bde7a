import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { versionId } from '../../../domain/event-pipelines/version-id.js';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';

/** Delete a version softly or, when it is so already, for good. */
export class DeleteSchemaVersionCommand extends Command<number> {
  constructor(
    readonly subject: string,
    readonly version: string,
    readonly permanent: boolean,
  ) {
    super();
  }
}

@CommandHandler(DeleteSchemaVersionCommand)
export class DeleteSchemaVersionHandler implements ICommandHandler<DeleteSchemaVersionCommand> {
  constructor(private readonly subjects: RegistrySubjects) {}

  execute({ subject, version, permanent }: DeleteSchemaVersionCommand): Promise<number> {
    return this.subjects.removeVersion(subject, versionId(version), permanent);
  }
}
