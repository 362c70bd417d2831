import { randomUUID } from 'node:crypto'
import t from 'tap'
import { findDepartmentByName, insertDepartment, listDepartments } from '../../src/db/departments.ts'
import { db } from '../database.ts'

const randomName = (start = 'Department') => `${start} ${randomUUID()}`

t.test('a department that was added is found by its exact name', async (t) => {
  const name = randomName()
  t.equal(await findDepartmentByName(db, name), undefined)
  const added = await insertDepartment(db, name)
  t.equal(added?.name, name)
  t.strictSame(await findDepartmentByName(db, name), added)
  t.equal(await findDepartmentByName(db, name.toLowerCase()), undefined)
})

t.test('a name is given once, also when two add it at the same moment', async (t) => {
  const name = randomName()
  const added = await Promise.all([insertDepartment(db, name), insertDepartment(db, name)])
  t.equal(added.filter((department) => department).length, 1)
  t.equal(await insertDepartment(db, name), undefined)
  t.equal((await listDepartments(db)).filter((department) => department.name === name).length, 1)
})

t.test('departments are listed by name', async (t) => {
  const names = [randomName('Water'), randomName('Archive'), randomName('Roads')]
  for (const name of names) await insertDepartment(db, name)
  const listed = (await listDepartments(db)).map(({ name }) => name).filter((name) => names.includes(name))
  t.strictSame(listed, names.sort())
})
