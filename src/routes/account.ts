import { type Static, Type } from '@sinclair/typebox'
import type { User } from '../db/schema.ts'
import type { SignedIn } from '../db/sessions.ts'
import { samples } from '../http/samples.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const common = {
  id: Type.String({ format: 'uuid' }),
  phone_number: Type.String({ description: 'E.164' }),
  full_name: Nullable,
  created_at: Type.String({ format: 'date-time' })
}

const Staff = Type.Object(
  {
    ...common,
    role: Type.Literal('staff'),
    department_id: Type.String({ format: 'uuid' }),
    department: Type.Object(
      { id: Type.String({ format: 'uuid' }), name: Type.String() },
      { title: 'Department' }
    )
  },
  { title: 'Staff' }
)

const Citizen = Type.Object(
  {
    ...common,
    role: Type.Literal('citizen'),
    neighborhood: Nullable,
    location: Nullable,
    profile_complete: Type.Boolean({ description: 'false: the registration form was never sent' })
  },
  { title: 'Citizen' }
)

const shown = {
  id: samples.user,
  phone_number: samples.phone,
  full_name: samples.name,
  created_at: samples.time
}
const citizen: Static<typeof Citizen> = {
  ...shown,
  role: 'citizen',
  neighborhood: samples.neighborhood,
  location: samples.location,
  profile_complete: true
}
const staff: Static<typeof Staff> = {
  ...shown,
  role: 'staff',
  department_id: samples.department,
  department: { id: samples.department, name: samples.departmentName }
}

/** The signed-in user: a citizen, or a member of staff with a staff profile. The serializer tries them in this order. */
export const Account = Type.Union([Citizen, Staff], {
  title: 'Account',
  description: 'A citizen, or a member of the staff',
  discriminator: {
    propertyName: 'role',
    mapping: { citizen: '#/components/schemas/Citizen', staff: '#/components/schemas/Staff' }
  },
  'x-examples': { citizen: { value: citizen }, staff: { value: staff } }
})

export function toAccount({
  user,
  department
}: Pick<SignedIn, 'user' | 'department'>): Static<typeof Account> {
  const { id, phoneNumber, fullName, neighborhood, location } = user
  const shared = {
    id,
    phone_number: phoneNumber,
    full_name: fullName,
    created_at: user.createdAt.toISOString()
  }
  if (department) return { ...shared, role: 'staff', department_id: department.id, department }
  return { ...shared, role: 'citizen', neighborhood, location, profile_complete: profileComplete(user) }
}

/** The registration form always sends a name, and a name cannot be cleared. */
export function profileComplete(user: Pick<User, 'fullName'>): boolean {
  return user.fullName !== null
}
