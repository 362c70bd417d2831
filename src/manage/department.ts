import type { Command } from 'commander'
import {
  deleteDepartment,
  findDepartmentByName,
  insertDepartment,
  listDepartments,
  renameDepartment
} from '../db/departments.ts'
import type { Department } from '../db/schema.ts'
import type { Run, Workplace } from './index.ts'
import { nameFrom, OperatorError, printRows } from './terminal.ts'

export function departmentCommand(department: Command, run: Run): void {
  department
    .command('add <name>')
    .description('add a department and print its id')
    .action((typed: string) =>
      run(async (workplace) => {
        const name = nameFrom(typed)
        const added = await insertDepartment(workplace.db, name)
        if (!added) throw await nameIsTaken(workplace, name)
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

  department
    .command('rename <name>')
    .description('give a department another name; its id stays')
    .requiredOption('--to <new name>', 'what it is called from now on')
    .action((typed: string, options: { to: string }) =>
      run(async (workplace) => {
        const { id } = await departmentFrom(workplace, typed)
        const name = nameFrom(options.to)
        const renamed = await renameDepartment(workplace.db, id, name)
        if (!renamed) throw await nameIsTaken(workplace, name)
        printRows(workplace, [[renamed.id, renamed.name]])
      })
    )

  department
    .command('delete <name>')
    .description('delete a department where nobody works')
    .action((typed: string) =>
      run(async (workplace) => {
        const { id, name } = await departmentFrom(workplace, typed)
        if (!(await deleteDepartment(workplace.db, id)))
          throw new OperatorError(`Somebody works at "${name}"; move or remove its staff first.`)
        printRows(workplace, [[id, name, 'deleted']])
      })
    )
}

/** The department that was typed. @throws OperatorError when there is none */
export async function departmentFrom({ db }: Workplace, typed: string): Promise<Department> {
  const name = nameFrom(typed)
  const department = await findDepartmentByName(db, name)
  if (!department) throw new OperatorError(`There is no department named "${name}".`)
  return department
}

async function nameIsTaken({ db }: Workplace, name: string): Promise<OperatorError> {
  const alike = await findDepartmentByName(db, name)
  return new OperatorError(`There is a department named "${alike?.name ?? name}" already.`)
}
