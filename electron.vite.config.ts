import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string) => resolve(import.meta.dirname, path);

/**
 * The main process is CommonJS: what must happen before Electron is ready (the sandbox, our scheme) then
 * runs in the same turn in which Electron loads us, in every version. This tells Node about it.
 */
const asCommonJs = {
  name: 'out-is-commonjs',
  generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): string }) {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
  },
};

export default defineConfig({
  main: {
    plugins: [asCommonJs],
    build: {
      outDir: 'out/main',
      // the oldest Node that the engine may meet inside an Electron (33 carries 20.18)
      target: 'node20',
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: {
          index: at('src/main/index.ts'),
          headless: at('src/main/headless.ts'),
          'threads/engine': at('src/main/threads/engine.ts'),
          'threads/copy': at('src/main/threads/copy.ts'),
          'threads/listener': at('src/main/threads/listener.ts'),
        },
        output: { format: 'cjs', entryFileNames: '[name].js', chunkFileNames: 'parts/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      target: 'node20',
      // a sandboxed preload can require nothing but electron: everything else goes into the one file
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src/renderer'),
    plugins: [react()],
    build: {
      outDir: at('out/renderer'),
      target: 'es2022',
      minify: true,
      // the content policy allows no data: fonts or scripts, so every asset is a file
      assetsInlineLimit: 0,
      rolldownOptions: { input: at('src/renderer/index.html') },
    },
  },
});
