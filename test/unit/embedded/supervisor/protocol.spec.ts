import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onLines, sendLine } from '../../../../src/infrastructure/embedded/supervisor/protocol.js';

describe('the lines between a supervisor and its clients', () => {
  const server = createServer();
  let near: Socket;
  let far: Socket;
  let taken: object[];

  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    near = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [far] = (await once(server, 'connection')) as [Socket];
    near.on('error', () => near.destroy());
    far.on('error', () => far.destroy());
    taken = [];
    onLines(far, (message) => taken.push(message));
  });

  afterEach(async () => {
    near.destroy();
    far.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('arrive one by one, however the network cuts them, letters of several bytes included', async () => {
    const bytes = Buffer.from('{"type":"step","text":"größer €"}\n{"type":"welcome"}\n');
    near.setNoDelay(true);
    for (const byte of bytes) {
      near.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    near.end();
    await new Promise((resolve) => far.once('close', resolve));
    expect(taken).toEqual([{ type: 'step', text: 'größer €' }, { type: 'welcome' }]);
  });

  it('are read as they are sent, several at once', async () => {
    sendLine(near, { type: 'list', id: 1 });
    sendLine(near, { type: 'bye' });
    near.end();
    await new Promise((resolve) => far.once('close', resolve));
    expect(taken).toEqual([{ type: 'list', id: 1 }, { type: 'bye' }]);
  });

  it.each(['GET / HTTP/1.1\r\n', 'null\n', '42\n', '\n'])('end with the first that is no message: %j', async (text) => {
    near.write(`{"type":"bye"}\n${text}{"type":"stop"}\n`);
    await new Promise((resolve) => near.resume().once('close', resolve)); // maybe by a reset
    expect(taken).toEqual([{ type: 'bye' }]);
  });

  it('end with one that never ends', async () => {
    near.write('x'.repeat(200_000));
    await new Promise((resolve) => near.resume().once('close', resolve)); // maybe by a reset
    expect(taken).toEqual([]);
  });

  it('are not sent to who has left', async () => {
    near.destroy();
    await new Promise((resolve) => far.once('close', resolve));
    expect(() => sendLine(far, { type: 'welcome' })).not.toThrow();
  });
});
