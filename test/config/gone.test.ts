import t from 'tap'
import { goneSettings } from '../../src/config/gone.ts'
import { settings } from '../../src/config/settings.ts'

t.test('a removed setting that is still set is reported with its replacement', async (t) => {
  t.strictSame(goneSettings({ LOGIN_WINDOW_SECONDS: '60', PORT: '80' }), [
    'LOGIN_WINDOW_SECONDS does nothing any more: wrong passwords of an address are counted for an hour (LOGIN_MAX_FAILURES_PER_ADDRESS)'
  ])
  t.strictSame(goneSettings({ LOGIN_WINDOW_SECONDS: '' }), [])
  t.notOk(settings.has('LOGIN_WINDOW_SECONDS'))
})
