// Caches the shell only: what the home is like always comes from the hub itself.
const CACHE = 'homeclaw-__VERSION__';
const FILES = ["__FILES__"];

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    // The newest page when the hub is there, the kept one (which shows that the hub is away) when not.
    if (!/^\/(api|metrics|healthz|readyz)(\/|$)/.test(url.pathname)) {
      event.respondWith(fetch(request).catch(() => caches.match('/')));
    }
    return;
  }
  if (FILES.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(request)));
  }
});
