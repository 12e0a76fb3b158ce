import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Files beside the bundle that make up the shell; what is not here is fetched when it is wanted. */
const SHELL = ['/', '/icon.svg', '/manifest.webmanifest'];

/**
 * Emits sw.js: build/sw-template.js with the names of this build's files and a version made from their
 * contents, so that a new build replaces the old cache as a whole.
 */
export function serviceWorker(): Plugin {
  let root = '.';
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_options, bundle) {
      const names = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const files = [...SHELL, ...names.map((name) => `/${name}`)].sort();
      const hash = createHash('sha256');
      for (const name of [
        'index.html',
        'public/icon.svg',
        'public/manifest.webmanifest',
        'build/sw-template.js',
      ]) {
        hash.update(readFileSync(join(root, name)));
      }
      hash.update(names.join('\n'));
      const template = readFileSync(join(root, 'build/sw-template.js'), 'utf8');
      this.emitFile({
        type: 'asset',
        fileName: 'sw.js',
        source: template
          .replace('__VERSION__', hash.digest('hex').slice(0, 16))
          .replace('["__FILES__"]', JSON.stringify(files)),
      });
    },
  };
}
