import { Module } from '@nestjs/common';
import { DescribeObjectCli } from './describe-object.cli.js';
import { GetObjectCli } from './get-object.cli.js';
import { ListObjectsCli } from './list-objects.cli.js';
import { ObjectsCli } from './objects.cli.js';
import { PatchObjectCli } from './patch-object.cli.js';
import { PresignObjectCli } from './presign-object.cli.js';
import { PutObjectCli } from './put-object.cli.js';
import { RemoveObjectCli } from './remove-object.cli.js';

@Module({
  providers: [
    ObjectsCli,
    DescribeObjectCli,
    GetObjectCli,
    ListObjectsCli,
    PatchObjectCli,
    PresignObjectCli,
    PutObjectCli,
    RemoveObjectCli,
  ],
})
export class ObjectsCliModule {}
