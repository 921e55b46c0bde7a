import { Module } from '@nestjs/common';
import { GenerateSchemasHandler } from './generate-schemas.query.js';
import { ListDomainsHandler } from './list-domains.query.js';
import { ShowDomainConfigHandler } from './show-domain-config.query.js';

@Module({ providers: [GenerateSchemasHandler, ListDomainsHandler, ShowDomainConfigHandler] })
export class DomainsModule {}
