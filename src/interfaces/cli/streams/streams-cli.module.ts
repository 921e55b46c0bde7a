import { Module } from '@nestjs/common';
import { ListStreamsCli } from './list-streams.cli.js';
import { OnboardStreamCli } from './onboard-stream.cli.js';
import { SampleStreamCli } from './sample-stream.cli.js';
import { StreamsCli } from './streams.cli.js';

@Module({ providers: [StreamsCli, ListStreamsCli, SampleStreamCli, OnboardStreamCli] })
export class StreamsCliModule {}
