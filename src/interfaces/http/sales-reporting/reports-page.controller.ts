import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../access/scope.js';

const SCRIPT = 'text/javascript; charset=utf-8';
/** Asked for anew each time: a page and its script always belong together. */
const FRESH = 'no-cache';

/** The page that draws the reports. It holds no data: what it shows, it asks for like every other client. */
@ApiExcludeController()
@Controller('reports')
@Public()
export class ReportsPageController {
  private readonly folder = join(packageRoot(import.meta.dirname), 'assets', 'reports');

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', FRESH)
  page(): Promise<Buffer> {
    return readFile(join(this.folder, 'reports.html'));
  }

  @Get('assets/reports.js')
  @Header('content-type', SCRIPT)
  @Header('cache-control', FRESH)
  script(): Promise<Buffer> {
    return readFile(join(this.folder, 'reports.js'));
  }

  @Get('assets/reports.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', FRESH)
  style(): Promise<Buffer> {
    return readFile(join(this.folder, 'reports.css'));
  }

  @Get('assets/chart.js')
  @Header('content-type', SCRIPT)
  @Header('cache-control', 'public, max-age=86400')
  chart(): Promise<Buffer> {
    // As a script for pages, which needs no bundler.
    return readFile(join(dirname(createRequire(import.meta.url).resolve('chart.js')), 'chart.umd.min.js'));
  }
}

/** The same from src and from dist, which lie at different depths. */
function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}
