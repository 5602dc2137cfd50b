import { theme as antd } from 'antd';
import type { ThemeConfig } from 'antd';
import type { Theme } from '../app/settings';

const FONT = 'var(--font)';

// antd's own blue and greys stay below the contrast that WCAG AA asks for; these do not. They are the colours of
// styles/tokens.css, which the login page uses without antd.
const LIGHT: ThemeConfig = {
  token: {
    colorPrimary: '#0958d9',
    colorLink: '#0958d9',
    colorError: '#a8071a',
    colorText: '#1c2530',
    colorTextSecondary: '#56616e',
    colorTextTertiary: '#56616e',
    colorTextDescription: '#56616e',
    colorTextPlaceholder: '#595959',
    colorBorder: '#8c96a3',
    colorBorderSecondary: '#d9dee5',
  },
};

const DARK: ThemeConfig = {
  algorithm: antd.darkAlgorithm,
  token: {
    colorPrimary: '#1677ff',
    colorLink: '#78b4ff',
    colorError: '#ff8f8a',
    colorBgContainer: '#171d26',
    colorBgElevated: '#1d2530',
    colorText: '#e3e8ee',
    colorTextSecondary: '#a3afbd',
    colorTextTertiary: '#a3afbd',
    colorTextDescription: '#a3afbd',
    colorTextPlaceholder: '#a3afbd',
    colorBorder: '#76828f',
    colorBorderSecondary: '#2e3846',
  },
  // White on this light a red could not be read.
  components: { Button: { dangerColor: '#2a0d0e' } },
};

export function themeOf(theme: Theme): ThemeConfig {
  const chosen = theme === 'dark' ? DARK : LIGHT;
  return { ...chosen, token: { ...chosen.token, fontFamily: FONT, motion: false, borderRadius: 6 } };
}
