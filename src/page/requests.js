export const ME = '/api/users/me/'
export const SESSIONS = '/api/auth/sessions/'

export const get = (path, token) => ({ method: 'GET', path, token })
export const post = (path, body, token) => ({ method: 'POST', path, body, token })
export const patch = (path, body, token) => ({ method: 'PATCH', path, body, token })
export const remove = (path, token) => ({ method: 'DELETE', path, token })
