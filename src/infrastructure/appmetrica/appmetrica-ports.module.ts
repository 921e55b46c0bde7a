import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AppmetricaLogs } from '../../domain/ports/appmetrica-logs.port.js';
import { PartSpool } from '../../domain/ports/part-spool.port.js';
import { AppmetricaLimits } from '../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { bind } from '../bind.js';
import { AppmetricaSettings } from '../config/appmetrica.settings.js';
import { HomeSettings } from '../config/home.settings.js';
import { DiskPartSpool } from '../spool/disk-part-spool.js';
import { HttpAppmetricaLogs } from './http-appmetrica-logs.js';
import { VendorHttp } from './vendor-http.js';

@Global()
@Module({
  providers: [
    bind(VendorHttp, [AppmetricaSettings], (settings) => new VendorHttp(settings)),
    bind(AppmetricaLogs, [VendorHttp], (http) => new HttpAppmetricaLogs(http)),
    bind(PartSpool, [AppmetricaSettings, HomeSettings], ({ spoolDir }, { home }) => {
      return new DiskPartSpool(spoolDir ?? join(home, 'exports', 'appmetrica'));
    }),
    bind(AppmetricaLimits, [AppmetricaSettings], (settings) => settings),
  ],
  exports: [AppmetricaLogs, PartSpool, AppmetricaLimits],
})
export class AppmetricaPortsModule implements OnApplicationShutdown {
  constructor(@Inject(VendorHttp) private readonly http: VendorHttp) {}

  onApplicationShutdown(): void {
    this.http.close();
  }
}
