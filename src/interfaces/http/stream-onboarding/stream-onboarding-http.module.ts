import { Module } from '@nestjs/common';
import { ConnectorsController } from './connectors.controller.js';
import { StreamOnboardingController } from './stream-onboarding.controller.js';
import { WarehouseController } from './warehouse.controller.js';

@Module({ controllers: [StreamOnboardingController, ConnectorsController, WarehouseController] })
export class StreamOnboardingHttpModule {}
