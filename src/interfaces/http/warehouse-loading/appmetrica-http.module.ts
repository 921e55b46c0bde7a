import { Module } from '@nestjs/common';
import { AppmetricaContentController } from './appmetrica-content.controller.js';
import { AppmetricaController } from './appmetrica.controller.js';

@Module({ controllers: [AppmetricaContentController, AppmetricaController] })
export class AppmetricaHttpModule {}
