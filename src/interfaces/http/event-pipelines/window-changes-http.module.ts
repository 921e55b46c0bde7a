import { Module } from '@nestjs/common';
import { WindowChangesController } from './window-changes.controller.js';

@Module({ controllers: [WindowChangesController] })
export class WindowChangesHttpModule {}
