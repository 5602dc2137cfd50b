export type SignKind = 'good' | 'notice' | 'bad' | 'busy';

// Told apart by shape as well as by colour.
const PATHS: Record<SignKind, string> = {
  good: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3.700 5.200-4.300 5a.8.8 0 0 1-1.200 0L4.300 9.100 5.500 8l1.300 1.500 3.700-4.300z',
  notice: 'M8 1 .6 14.500h14.800zm-.8 5h1.600l-.2 4.500H7.400zM8 11.500a1 1 0 1 1 0 2 1 1 0 0 1 0-2z',
  bad: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zm.9 3.700L4.700 5.900 6.800 8l-2.100 2.100 1.200 1.200L8 9.200l2.100 2.100 1.200-1.200L9.200 8l2.100-2.100-1.200-1.200L8 6.800z',
  busy: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3zm-.8 1.500v4.200l3 1.800.8-1.300-2.300-1.300V4.500z',
};

export function Sign({ kind, size = 16 }: { kind: SignKind; size?: number }) {
  return (
    <svg className={`sign sign-${kind}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path fillRule="evenodd" d={PATHS[kind]} />
    </svg>
  );
}
