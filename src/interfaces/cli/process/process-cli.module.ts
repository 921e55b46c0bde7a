import { Module } from '@nestjs/common';
import { ServeCli } from './serve.cli.js';
import { WorkerCli } from './worker.cli.js';

@Module({ providers: [ServeCli] })
export class ServeCliModule {}

@Module({ providers: [WorkerCli] })
export class WorkerCliModule {}
