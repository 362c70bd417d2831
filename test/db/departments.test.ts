import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  deleteDepartment,
  fillComparableNames,
  findDepartmentByName,
  insertDepartment,
  listDepartments,
  renameDepartment
} from '../../src/db/departments.ts'
import { departments } from '../../src/db/schema.ts'
import { db } from '../database.ts'

const randomName = (start = 'Department') => `${start} ${randomUUID()}`

t.test('a department is found by its name, however it is typed', async (t) => {
  const name = randomName("Yo'l xo'jaligi")
  t.equal(await findDepartmentByName(db, name), undefined)
  const added = await insertDepartment(db, name)
  t.equal(added?.name, name)
  for (const typed of [
    name,
    name.toUpperCase(),
    name.replaceAll("'", '‘'),
    ` ${name.replaceAll(' ', '\u00a0 ')}\n`
  ])
    t.strictSame(await findDepartmentByName(db, typed), added)
  t.equal(await findDepartmentByName(db, name.replaceAll("'", '')), undefined)
})

t.test('of lookalike names added at the same moment only one is added', async (t) => {
  const tail = randomUUID()
  const spellings = ['Yoʻl', 'Yoʼl', "Yo'l", 'Yo‘l', 'Yo’l', 'Yo`l', 'Yo´l', "YO'L", " yo'l "].map(
    (start) => `${start} ${tail}`
  )
  const added = await Promise.all([...spellings, ...spellings].map((name) => insertDepartment(db, name)))
  t.equal(added.filter((department) => department).length, 1)
  t.equal(await insertDepartment(db, `yo'l ${tail}`), undefined)
  t.equal((await listDepartments(db)).filter(({ name }) => name.endsWith(tail)).length, 1)
})

t.test('lookalike departments of an older version are all found, and no more can be added', async (t) => {
  const tail = randomUUID()
  const old = [`Yo'l ${tail}`, `Yo‘l ${tail}`, `Suv ${tail}`]
  for (const name of old) await db.insert(departments).values({ name })
  await fillComparableNames(db)
  for (const name of old) t.equal((await findDepartmentByName(db, name))?.name, name)
  t.equal((await findDepartmentByName(db, `YOʻL ${tail}`))?.name, old[0], 'the first of the lookalikes')
  t.equal((await findDepartmentByName(db, `SUV ${tail}`))?.name, old[2])
  for (const name of [`yo'l ${tail}`, `suv ${tail}`]) t.equal(await insertDepartment(db, name), undefined)
})

t.test('departments are listed by name', async (t) => {
  const names = [randomName('Water'), randomName('Archive'), randomName('Roads')]
  for (const name of names) await insertDepartment(db, name)
  const listed = (await listDepartments(db)).map(({ name }) => name).filter((name) => names.includes(name))
  t.strictSame(listed, names.sort())
})

t.test('any other department error is passed on unchanged', async (t) => {
  const wrong = { cause: { code: '22P02' } }
  await t.rejects(renameDepartment(db, 'no id', randomName()), wrong)
  await t.rejects(deleteDepartment(db, 'no id'), wrong)
})
