import { Module } from '@nestjs/common';
import { ConfigCli } from './config.cli.js';
import { ShowDomainConfigCli } from './show-domain-config.cli.js';

@Module({ providers: [ConfigCli, ShowDomainConfigCli] })
export class ConfigCliModule {}
