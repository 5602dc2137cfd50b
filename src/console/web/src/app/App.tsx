import { Suspense, lazy, useEffect } from 'react';
import { Route, Routes, useNavigate } from 'react-router';
import { Login } from '../doors/Login';
import { Setup } from '../doors/Setup';
import { Mishap } from './Mishap';
import { loginAddress } from './addresses';
import { onLoggedOut } from './http';

const Shell = lazy(() => import('../shell/Shell'));
const Overview = lazy(() => import('../overview/Overview'));
const Alerts = lazy(() => import('../alerts/Alerts'));
const AlertPage = lazy(() => import('../alerts/AlertPage'));
const Assets = lazy(() => import('../assets/Assets'));
const AssetPage = lazy(() => import('../assets/AssetPage'));
const Topology = lazy(() => import('../topology/Topology'));
const Baseline = lazy(() => import('../baseline/Baseline'));
const Report = lazy(() => import('../report/Report'));
const Nowhere = lazy(() => import('../shell/Nowhere'));

/** The two doors are plain and light; everything behind them is fetched when somebody comes in. */
export function App() {
  const navigate = useNavigate();
  useEffect(() => onLoggedOut(() => void navigate(loginAddress(location))), [navigate]);
  return (
    <Mishap>
      <Suspense>
        <Routes>
          <Route path="login" element={<Login />} />
          <Route path="setup" element={<Setup />} />
          <Route element={<Shell />}>
            <Route index element={<Overview />} />
            <Route path="alerts" element={<Alerts />} />
            <Route path="alerts/:id" element={<AlertPage />} />
            <Route path="assets" element={<Assets />} />
            <Route path="assets/:id" element={<AssetPage />} />
            <Route path="topology" element={<Topology />} />
            <Route path="baseline" element={<Baseline />} />
            <Route path="report" element={<Report />} />
            <Route path="*" element={<Nowhere />} />
          </Route>
        </Routes>
      </Suspense>
    </Mishap>
  );
}
