import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { type DomainSubject, type SchemaVerdict, subjectsOf, verdictsOf } from './domain-subjects.js';

export interface RegisteredSubject {
  readonly event_type: string;
  readonly subject: string;
  readonly version: number;
  readonly id: number;
}

export interface RegisteredSchemas {
  readonly domain: string;
  readonly schemas: readonly RegisteredSubject[];
}

/**
 * Registers the schemas of a domain's event types; again, it finds them. None is registered unless all are compatible with
 * what the registry has.
 */
export class RegisterSchemasCommand extends Command<RegisteredSchemas> {
  /** @param environment unset: the one of the settings */
  constructor(
    readonly domain: string,
    readonly environment?: string,
  ) {
    super();
  }
}

@CommandHandler(RegisterSchemasCommand)
export class RegisterSchemasHandler implements ICommandHandler<RegisterSchemasCommand> {
  constructor(
    private readonly domains: DomainConfigs,
    private readonly registry: SchemaRegistry,
  ) {}

  async execute({ domain, environment }: RegisterSchemasCommand): Promise<RegisteredSchemas> {
    const subjects = subjectsOf(await this.domains.load(domain, environment));
    refuseIncompatible(domain, await verdictsOf(subjects, this.registry));
    const schemas: RegisteredSubject[] = [];
    for (const subject of subjects) schemas.push(await this.register(subject));
    return { domain, schemas };
  }

  private async register({ eventType, subject, schema }: DomainSubject): Promise<RegisteredSubject> {
    const { version, id } = await this.registry.register(subject, schema);
    return { event_type: eventType, subject, version, id };
  }
}

function refuseIncompatible(domain: string, verdicts: readonly SchemaVerdict[]): void {
  const faults = verdicts.flatMap(({ subject, is_compatible: isCompatible, messages }) =>
    isCompatible ? [] : messages.map((message) => ({ path: subject, message })),
  );
  if (verdicts.every((verdict) => verdict.is_compatible)) return;
  throw new PenstockError('schema.incompatible', `Schemas of the domain "${domain}" are not compatible.`, { faults });
}
