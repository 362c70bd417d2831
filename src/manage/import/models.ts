/** The imported models, their usual labels in Django, and the names of their fields. `id` and `user` fall back to the pk. */
export const models = {
  department: {
    labels: ['departments.department', 'staff.department', 'users.department'],
    fields: { id: 'id', name: 'name' }
  },
  user: {
    labels: ['users.user'],
    fields: {
      id: 'id',
      phone: 'phone_number',
      password: 'password',
      active: 'is_active',
      joined: 'date_joined',
      last_login: 'last_login',
      full_name: 'full_name',
      first_name: 'first_name',
      last_name: 'last_name',
      neighborhood: 'neighborhood',
      location: 'location'
    }
  },
  profile: {
    labels: ['users.userprofile'],
    fields: { user: 'user', full_name: 'full_name', neighborhood: 'neighborhood', location: 'location' }
  },
  staff: {
    labels: ['users.staffprofile', 'staff.staffprofile', 'departments.staffprofile'],
    fields: { user: 'user', department: 'department' }
  }
}

export type ModelName = keyof typeof models
export const modelNames = Object.keys(models) as ModelName[]

/** The layout of a dump: which model each label stands for, and what its fields are called. */
export interface Layout {
  modelOf(label: string): ModelName | undefined
  fields: { [Name in ModelName]: Record<keyof (typeof models)[Name]['fields'], string> }
}

/**
 * The layout of the customer's task, changed by options such as `user=accounts.user` (labels) and `user.phone=username`
 * (fields). Labels given for a model replace those it has.
 * @throws RangeError naming an unknown model or field, a malformed option, or a label that stands for two models
 */
export function createLayout(labels: string[] = [], fields: string[] = []): Layout {
  const layout = structuredClone(models)
  const given = labels.map(assignment)
  for (const [name] of given) {
    if (!isModel(name)) throw new RangeError(`"${name}" is none of ${modelNames.join(', ')}.`)
    layout[name].labels = given.flatMap(([model, label]) => (model === name ? [label.toLowerCase()] : []))
  }
  for (const [path, field] of fields.map(assignment)) {
    const [name = '', key = ''] = path.split('.')
    const known: Record<string, string> = isModel(name) ? layout[name].fields : {}
    if (!Object.hasOwn(known, key)) throw new RangeError(`"${path}" is none of ${fieldPaths().join(', ')}.`)
    known[key] = field
  }
  const byLabel = new Map<string, ModelName>()
  for (const name of modelNames) {
    for (const label of layout[name].labels) {
      const other = byLabel.get(label) ?? name
      if (other !== name) throw new RangeError(`"${label}" cannot stand for both ${other} and ${name}.`)
      byLabel.set(label, name)
    }
  }
  const { department, user, profile, staff } = layout
  return {
    modelOf: (label) => byLabel.get(label.toLowerCase()),
    fields: {
      department: department.fields,
      user: user.fields,
      profile: profile.fields,
      staff: staff.fields
    }
  }
}

/** Every field that can be renamed, as `user.phone`. */
export function fieldPaths(): string[] {
  return modelNames.flatMap((name) => Object.keys(models[name].fields).map((key) => `${name}.${key}`))
}

function assignment(text: string): [name: string, value: string] {
  const [name = '', value = '', ...more] = text.split('=').map((part) => part.trim())
  if (!name || !value || more.length > 0) throw new RangeError(`"${text}" must be of the form name=value.`)
  return [name, value]
}

function isModel(name: string): name is ModelName {
  return Object.hasOwn(models, name)
}
