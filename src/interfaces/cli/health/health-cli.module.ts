import { Module } from '@nestjs/common';
import { CheckHealthCli } from './check-health.cli.js';

@Module({ providers: [CheckHealthCli] })
export class HealthCliModule {}
