import { useEffect, useState } from 'react';
import { clockAhead } from '../app/http';

const STEP = 5_000;

/** The time by the sensor's clock, so that "3 seconds ago" holds on a PC whose clock is wrong. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), STEP);
    return () => clearInterval(timer);
  }, []);
  return now + clockAhead;
}
