import { Module } from '@nestjs/common';
import { DomainsCli } from './domains.cli.js';
import { ListDomainsCli } from './list-domains.cli.js';

@Module({ providers: [DomainsCli, ListDomainsCli] })
export class DomainsCliModule {}
