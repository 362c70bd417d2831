import type { Command } from 'commander'
import { findDepartmentByName, insertDepartment, listDepartments } from '../db/departments.ts'
import type { Run } from './index.ts'
import { nameFrom, OperatorError, printRows } from './terminal.ts'

export function departmentCommand(department: Command, run: Run): void {
  department
    .command('add <name>')
    .description('add a department and print its id')
    .action((typed: string) =>
      run(async (workplace) => {
        const name = nameFrom(typed)
        const added = await insertDepartment(workplace.db, name)
        if (!added) {
          const alike = await findDepartmentByName(workplace.db, name)
          throw new OperatorError(`There is a department named "${alike?.name ?? name}" already.`)
        }
        printRows(workplace, [[added.id, added.name]])
      })
    )

  department
    .command('list')
    .description('print id and name of every department')
    .action(() =>
      run(async (workplace) => {
        const departments = await listDepartments(workplace.db)
        printRows(
          workplace,
          departments.map(({ id, name }) => [id, name])
        )
      })
    )
}
