import { Module } from '@nestjs/common';
import { DescribeObjectHandler } from './describe-object.query.js';
import { ListObjectsHandler } from './list-objects.query.js';
import { PatchObjectHandler } from './patch-object.command.js';
import { PresignObjectHandler } from './presign-object.query.js';
import { PutObjectHandler } from './put-object.command.js';
import { ReadObjectHandler } from './read-object.query.js';
import { RemoveObjectHandler } from './remove-object.command.js';

@Module({
  providers: [
    DescribeObjectHandler,
    ListObjectsHandler,
    PatchObjectHandler,
    PresignObjectHandler,
    PutObjectHandler,
    ReadObjectHandler,
    RemoveObjectHandler,
  ],
})
export class ObjectStorageModule {}
