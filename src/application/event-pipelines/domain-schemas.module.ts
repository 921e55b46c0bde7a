import { Module } from '@nestjs/common';
import { CheckSchemasHandler } from './check-schemas.query.js';
import { RegisterSchemasHandler } from './register-schemas.command.js';

@Module({ providers: [CheckSchemasHandler, RegisterSchemasHandler] })
export class DomainSchemasModule {}
