import { Module } from '@nestjs/common';
import { ObjectDownloadController } from './object-download.controller.js';
import { ObjectStorageController } from './object-storage.controller.js';

@Module({ controllers: [ObjectStorageController, ObjectDownloadController] })
export class ObjectStorageHttpModule {}
