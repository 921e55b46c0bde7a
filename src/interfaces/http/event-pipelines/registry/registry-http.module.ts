import { Module } from '@nestjs/common';
import { RegistryCompatibilityController } from './registry-compatibility.controller.js';
import { RegistryConfigController } from './registry-config.controller.js';
import { RegistryModeController } from './registry-mode.controller.js';
import { RegistryRootController } from './registry-root.controller.js';
import { RegistrySchemasController } from './registry-schemas.controller.js';
import { RegistrySubjectsController } from './registry-subjects.controller.js';
import { RegistryVersionsController } from './registry-versions.controller.js';

@Module({
  controllers: [
    RegistryRootController,
    RegistrySubjectsController,
    RegistryVersionsController,
    RegistrySchemasController,
    RegistryCompatibilityController,
    RegistryConfigController,
    RegistryModeController,
  ],
})
export class RegistryHttpModule {}
