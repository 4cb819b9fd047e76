import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeWindow, readWindowState, writeWindowState } from '../../../src/main/shell/windowState.ts';
import { tempDir } from '../../support/tempDir.ts';

const screenOne = { x: 0, y: 0, width: 1920, height: 1040 };
const screenTwo = { x: 1920, y: 0, width: 2560, height: 1400 };

describe('the place of the window', () => {
  it('is the one where it was left', () => {
    const box = { x: 2000, y: 100, width: 1400, height: 900 };
    expect(placeWindow(box, [screenOne, screenTwo])).toEqual(box);
  });

  it('is the middle of the first screen when its own screen was unplugged', () => {
    expect(placeWindow({ x: 2000, y: 100, width: 1400, height: 900 }, [screenOne])).toEqual({ width: 1400, height: 900 });
  });

  it('is moved back inside when it hung over the edge', () => {
    expect(placeWindow({ x: 1500, y: -40, width: 1200, height: 800 }, [screenOne])).toEqual({ x: 720, y: 0, width: 1200, height: 800 });
  });

  it('is never smaller than what the screens are drawn for, nor larger than the display where that is possible', () => {
    const box = fc.record({
      x: fc.integer({ min: -5000, max: 5000 }),
      y: fc.integer({ min: -5000, max: 5000 }),
      width: fc.integer({ min: 1, max: 9000 }),
      height: fc.integer({ min: 1, max: 9000 }),
    });
    fc.assert(
      fc.property(fc.option(box, { nil: undefined }), (remembered) => {
        const placed = placeWindow(remembered, [screenOne, screenTwo]);
        expect(placed.width).toBeGreaterThanOrEqual(1024);
        expect(placed.height).toBeGreaterThanOrEqual(640);
        expect(placed.width).toBeLessThanOrEqual(2560);
        if (placed.x !== undefined) expect(placed.x).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the remembered window', () => {
  it('comes back as it was left', async () => {
    const path = join(await tempDir(), 'window.json');
    const state = { box: { x: 1, y: 2, width: 1100, height: 700 }, maximised: true };
    writeWindowState(path, state);
    expect(readWindowState(path)).toEqual(state);
  });

  it.each(['', '{', '{"maximised":"yes"}', '{"box":{"x":1e400,"y":0,"width":1,"height":1},"maximised":false}'])(
    'is forgotten when its file holds %j',
    async (text) => {
      const path = join(await tempDir(), 'window.json');
      await writeFile(path, text);
      expect(readWindowState(path)).toEqual({ box: undefined, maximised: false });
    },
  );
});
