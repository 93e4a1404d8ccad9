"""Yibao 大学生医保管理系统: a university runs its yearly student medical insurance."""
