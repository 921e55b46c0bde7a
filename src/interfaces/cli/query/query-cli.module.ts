import { Module } from '@nestjs/common';
import { RunQueryCli } from './run-query.cli.js';

@Module({ providers: [RunQueryCli] })
export class QueryCliModule {}
