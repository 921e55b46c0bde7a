import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { DescribeObjectCli } from './describe-object.cli.js';
import { GetObjectCli } from './get-object.cli.js';
import { ListObjectsCli } from './list-objects.cli.js';
import { PatchObjectCli } from './patch-object.cli.js';
import { PresignObjectCli } from './presign-object.cli.js';
import { PutObjectCli } from './put-object.cli.js';
import { RemoveObjectCli } from './remove-object.cli.js';

@Command({
  name: 'objects',
  description: 'List, download, upload, patch and remove objects of the bucket',
  subCommands: [
    ListObjectsCli,
    GetObjectCli,
    PutObjectCli,
    PatchObjectCli,
    RemoveObjectCli,
    DescribeObjectCli,
    PresignObjectCli,
  ],
})
export class ObjectsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
