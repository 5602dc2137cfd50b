import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The product's two language files, which the Rust side compiles in as well.
const text = fileURLToPath(new URL('../../event/text', import.meta.url));
// `npm run dev` shows the sources as they stand, with the API of a running binary.
const binary = process.env['FENGSUI_ADDRESS'] ?? 'https://127.0.0.1:8443';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@text': text } },
  // `/assets/…` is a page of the console, so the files lie elsewhere; src/console/front.rs knows where.
  // Factory PCs are old: the last Chrome for Windows 7 is 109.
  build: { target: ['chrome109', 'firefox115', 'safari16'], assetsDir: 'static', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: {
    fs: { allow: ['.', text] },
    proxy: { '/api': { target: binary, secure: false } },
  },
});
