import type { Command } from 'commander'
import { insertDepartment, listDepartments } from '../db/departments.ts'
import type { Workplace } from './index.ts'
import { OperatorError, printRows } from './terminal.ts'

export function departmentCommand(department: Command, workplace: Workplace): void {
  const { db } = workplace

  department
    .command('add <name>')
    .description('add a department and print its id')
    .action(async (typed: string) => {
      const name = typed.trim()
      if (!name) throw new OperatorError('A department needs a name.')
      const added = await insertDepartment(db, name)
      if (!added) throw new OperatorError(`There is a department named "${name}" already.`)
      printRows(workplace, [[added.id, added.name]])
    })

  department
    .command('list')
    .description('print id and name of every department')
    .action(async () => {
      printRows(
        workplace,
        (await listDepartments(db)).map(({ id, name }) => [id, name])
      )
    })
}
