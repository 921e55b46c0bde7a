import { Module } from '@nestjs/common';
import { LoadRowsCli } from './load-rows.cli.js';

@Module({ providers: [LoadRowsCli] })
export class LoadCliModule {}
