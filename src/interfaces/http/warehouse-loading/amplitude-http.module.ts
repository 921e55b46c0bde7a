import { Module } from '@nestjs/common';
import { AmplitudeController } from './amplitude.controller.js';

@Module({ controllers: [AmplitudeController] })
export class AmplitudeHttpModule {}
