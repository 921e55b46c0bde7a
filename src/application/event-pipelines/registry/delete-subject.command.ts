import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';

/** Delete all versions of a subject softly or, when they are so already, for good. */
export class DeleteSubjectCommand extends Command<number[]> {
  constructor(
    readonly subject: string,
    readonly permanent: boolean,
  ) {
    super();
  }
}

@CommandHandler(DeleteSubjectCommand)
export class DeleteSubjectHandler implements ICommandHandler<DeleteSubjectCommand> {
  constructor(private readonly subjects: RegistrySubjects) {}

  execute({ subject, permanent }: DeleteSubjectCommand): Promise<number[]> {
    return this.subjects.removeSubject(subject, permanent);
  }
}
