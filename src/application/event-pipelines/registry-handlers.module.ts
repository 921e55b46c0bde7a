import { Module } from '@nestjs/common';
import { CheckCompatibilityHandler } from './registry/check-compatibility.query.js';
import { DeleteSubjectHandler } from './registry/delete-subject.command.js';
import { DeleteSchemaVersionHandler } from './registry/delete-version.command.js';
import { ListSchemaReferrersHandler } from './registry/list-referrers.query.js';
import { ListSchemaUsesHandler } from './registry/list-schema-uses.query.js';
import { ListRegisteredSchemasHandler } from './registry/list-schemas.query.js';
import { ListSubjectsHandler } from './registry/list-subjects.query.js';
import { ListSchemaVersionsHandler } from './registry/list-versions.query.js';
import { LookUpSchemaHandler } from './registry/look-up-schema.query.js';
import { RegisterSchemaHandler } from './registry/register-schema.command.js';
import { RemoveRegistryRuleHandler } from './registry/remove-rule.command.js';
import { SetRegistryRulesHandler } from './registry/set-rules.command.js';
import { ShowRegistryRulesHandler } from './registry/show-rules.query.js';
import { ShowRegisteredSchemaHandler } from './registry/show-schema.query.js';
import { ShowSchemaVersionHandler } from './registry/show-version.query.js';

@Module({
  providers: [
    CheckCompatibilityHandler,
    DeleteSchemaVersionHandler,
    DeleteSubjectHandler,
    ListRegisteredSchemasHandler,
    ListSchemaReferrersHandler,
    ListSchemaUsesHandler,
    ListSchemaVersionsHandler,
    ListSubjectsHandler,
    LookUpSchemaHandler,
    RegisterSchemaHandler,
    RemoveRegistryRuleHandler,
    SetRegistryRulesHandler,
    ShowRegisteredSchemaHandler,
    ShowRegistryRulesHandler,
    ShowSchemaVersionHandler,
  ],
})
export class RegistryHandlersModule {}
