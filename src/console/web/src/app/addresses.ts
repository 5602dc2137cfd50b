/** The login page, which leads back to where the person was. */
export function loginAddress(here: { pathname: string; search: string }): string {
  const address = here.pathname + here.search;
  if (here.pathname === '/login') return address;
  return address === '/' ? '/login' : `/login?next=${encodeURIComponent(address)}`;
}

/** Where to go after logging in; only ever a place in this console. */
export function nextAddress(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}
